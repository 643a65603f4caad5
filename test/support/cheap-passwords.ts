// Preloaded by `bun test` (bunfig.toml): hashes passwords with argon2id at its lowest cost. At the real cost, sign-ups and
// sign-ins would take a third of the CPU time of the tests. Child processes hash at the real cost.
import { mock } from 'bun:test'
import * as argon2 from '@node-rs/argon2'

const { hash } = argon2
const LOWEST = { memoryCost: 8, timeCost: 1 }

mock.module('@node-rs/argon2', () => ({
  ...argon2,
  hash: (password: string, cost: argon2.Options) => hash(password, { ...cost, ...LOWEST }),
}))
