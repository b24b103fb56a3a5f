/** How many decimals are kept: the smallest unit price, that of a million of read units, has ten. */
const decimals = 12;
const one = 10n ** BigInt(decimals);
const quantityDecimals = 6;

/** USD in billionths of a thousandth, exact however many are added. */
export type Amount = bigint;

/**
 * The amount that a decimal says.
 * @throws {RangeError} it is no decimal of at most 12 places.
 */
export function amountOf(usd: string): Amount {
  const match = /^(\d+)(?:\.(\d{1,12}))?$/.exec(usd);
  if (match === null) throw new RangeError(`"${usd}" is not a price in USD of at most ${decimals} decimals.`);
  const [, whole = "0", fraction = ""] = match;
  return BigInt(whole) * one + BigInt(fraction.padEnd(decimals, "0"));
}

/** What so many cost, the quantity taken to a millionth. */
export function times(unitPrice: Amount, quantity: number): Amount {
  const scale = 10 ** quantityDecimals;
  return (unitPrice * BigInt(Math.round(quantity * scale))) / BigInt(scale);
}

/** USD as a number, to a millionth: for what is shown or told, not for sums. */
export function asUsd(amount: Amount): number {
  const half = one / 2_000_000n;
  const millionths = (amount < 0n ? amount - half : amount + half) / (one / 1_000_000n);
  return Number(millionths) / 1_000_000;
}

/** Adds what {@link asUsd} gave, without what floating point would leave. */
export function sumUsd(amounts: Iterable<number>): number {
  let millionths = 0;
  for (const amount of amounts) millionths += Math.round(amount * 1_000_000);
  return millionths / 1_000_000;
}
