import { ormOptions } from './src/persistence/orm.js';

/** For the MikroORM command line: `DATABASE_URL=… npx mikro-orm migration:pending`. */
export default ormOptions({ url: process.env.DATABASE_URL ?? 'postgresql://localhost/antiphon' });
