import { Value } from '@sinclair/typebox/value'
import type { Static, TSchema } from 'elysia'
import { type FieldCode, Invalid } from '../../http/errors.ts'

/**
 * Parses the credential that a page's script wrote into a hidden form field.
 * @throws Invalid with `code` for the field `credential`
 */
export function readCredential<Schema extends TSchema>(
  schema: Schema,
  json: string,
  code: FieldCode,
): Static<Schema> {
  try {
    const credential: unknown = JSON.parse(json)
    if (Value.Check(schema, credential)) return credential
  } catch {
    // Not JSON: reported below.
  }
  throw new Invalid({ credential: code })
}
