import { readdirSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MigrationGenerator } from '@mikro-orm/migrations'
import { BaseMySqlPlatform } from '@mikro-orm/sql'

type Diff = { up: string[] }

/**
 * Writes the changes that `migration:create` found for one database into the newest migration if it has the given name, so
 * that a second run for the other database completes it; otherwise into a new one with the next number.
 */
export class PairedGenerator extends MigrationGenerator {
  override async generate(diff: Diff, path = this.options.path!, name = 'change'): Promise<[string, string]> {
    const files = readdirSync(path).filter((file) => /^Migration\d{4}_\w+\.ts$/.test(file))
    const last = files.toSorted().at(-1)!
    const number = String(Number(last.slice(9, 13)) + 1).padStart(4, '0')
    const className = last.slice(14) === `${name}.ts` ? last.slice(0, -3) : `Migration${number}_${name}`
    const file = `${className}.ts`
    const text = this.#complete(
      files.includes(file) ? readFileSync(join(path, file), 'utf8') : this.generateMigrationFile(className),
      diff,
    )
    await writeFile(join(path, file), text)
    return [text, file]
  }

  override generateMigrationFile(className: string): string {
    return `import { PairedMigration } from './paired-migration.ts'

export class ${className} extends PairedMigration {
  override mysql = []

  override sqlite = []
}
`
  }

  #complete(text: string, { up }: Diff): string {
    const statements = up.map((sql) => sql.trim().replace(/;$/, '')).filter((sql) => sql !== '')
    const quoted = statements.map((sql) => `\`${sql.replace(/[`$\\]/g, '\\$&')}\``).join(', ')
    const dialect = this.driver.getPlatform() instanceof BaseMySqlPlatform ? 'mysql' : 'sqlite'
    return text.replace(`${dialect} = []`, () => `${dialect} = [${quoted}]`)
  }
}
