import { TooManyRequests } from '../http/errors.ts'
import type { Counted, RateLimitRule, RateLimits } from '../http/rate-limits.ts'
import { currentClient } from '../http/request-context.ts'
import { chargedKey } from './charged.ts'

/** Counts an attempt for several limits, or for none when one refuses it. @throws TooManyRequests */
export async function takeAll(limits: RateLimits, counted: readonly Counted[]): Promise<void> {
  const taken: Counted[] = []
  try {
    for (const { rule, key } of counted) {
      await limits.take(rule, key)
      taken.push({ rule, key })
    }
  } catch (error) {
    await refundAll(limits, taken)
    throw error
  }
}

/** Subtracts an attempt from the counts of several limits. */
export async function refundAll(limits: RateLimits, counted: readonly Counted[]): Promise<void> {
  await Promise.all(counted.map(({ rule, key }) => limits.refund(rule, key)))
}

/**
 * Counts for the network or, once that limit is used up, for the user or the account of a known device: strangers behind the same
 * proxy cannot keep them out.
 * @param rules.members limits all users and accounts of the network together
 * @param identify finds the user first
 * @returns what was counted
 * @throws TooManyRequests
 */
export async function takeShared(
  limits: RateLimits,
  rules: { network: RateLimitRule; member: RateLimitRule; members?: RateLimitRule },
  identify: () => Promise<unknown> = async () => {},
): Promise<Counted[]> {
  const { address } = currentClient()
  try {
    await limits.take(rules.network, address)
    return [{ rule: rules.network, key: address }]
  } catch (error) {
    if (!(error instanceof TooManyRequests)) throw error
    await identify()
    const { kind, key } = chargedKey()
    if (kind === 'network') throw error
    const counted: Counted[] = [{ rule: rules.member, key }]
    if (rules.members) counted.push({ rule: rules.members, key: address })
    await takeAll(limits, counted)
    return counted
  }
}
