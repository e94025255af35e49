import { defineConfig } from 'vite';
import relay from 'vite-plugin-relay';

const antiphon = process.env.ANTIPHON_URL ?? 'http://127.0.0.1:4000';

/** One page per folder. `npm run dev` lends them the server's paths, so that no CORS setting is needed. */
export default defineConfig({
  appType: 'mpa',
  plugins: [relay],
  server: {
    proxy: {
      '/graphql': { target: antiphon, ws: true, changeOrigin: true },
      '/api': { target: antiphon, changeOrigin: true },
    },
  },
  build: {
    rolldownOptions: {
      input: ['index.html', 'apollo/index.html', 'urql/index.html', 'relay/index.html', 'fetch/index.html'],
    },
  },
});
