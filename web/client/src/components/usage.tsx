/** Tokens and money, in a few words. */

import type { UsagesFragment } from '../generated/graphql'

const number = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })

export interface UsageProps {
  usage: UsagesFragment
  /** What separates it from the words before it. */
  before?: string
}

export function UsageWords({ usage, before = '' }: UsageProps) {
  const { knownInputTokens: input, knownOutputTokens: output, knownCost: cost } = usage
  if (input === 0 && output === 0) return null
  const tokens = input === null || output === null ? 'unknown' : number.format(input + output)
  return (
    <span title={`${input ?? 'unknown'} tokens in, ${output ?? 'unknown'} tokens out, cost ${dollars(cost)}`}>
      {before}
      <span class="tokens">
        {tokens} tokens{cost !== 0 && ' · '}
      </span>
      {cost !== 0 && (cost === null ? 'unknown cost' : dollars(cost, cost < 0.1 ? 4 : 2))}
    </span>
  )
}

function dollars(cost: number | null, digits?: number): string {
  if (cost === null) return 'unknown'
  return `$${digits === undefined ? cost : cost.toFixed(digits)}`
}
