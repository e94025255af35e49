import { defineConfig } from 'vite';

/** Bundles the playground; `npm run build` names the output folder (dist/playground). */
export default defineConfig({
  base: '/playground/',
  build: {
    // Every asset is a file of this server: the page's Content-Security-Policy then needs no data: scripts.
    assetsInlineLimit: 0,
    // The editor (Monaco) is one large chunk by nature.
    chunkSizeWarningLimit: 8192,
    emptyOutDir: true,
    rolldownOptions: {
      // React's "use client" marks mean nothing in a page without server components.
      onwarn: (warning, report) => {
        if (warning.code !== 'MODULE_LEVEL_DIRECTIVE') report(warning);
      },
    },
  },
  worker: { format: 'es' },
});
