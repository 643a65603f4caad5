import { ormOptions } from './src/database/orm.ts'
import { readConfig } from './src/process/config.ts'

/** What the MikroORM command line uses; the app builds the same from its settings. */
export default await ormOptions(readConfig(process.env))
