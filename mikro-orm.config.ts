import { PairedGenerator } from './migrations/paired-generator.ts'
import { ormOptions } from './src/database/orm.ts'
import { readConfig } from './src/process/config.ts'

const options = await ormOptions(readConfig(process.env))

/** Read by the MikroORM command line. The application builds the same options from its settings. */
export default { ...options, migrations: { ...options.migrations, generator: PairedGenerator } }
