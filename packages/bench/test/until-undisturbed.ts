/** A busy machine holds up what is measured, and not each time. */
const TRIES = 5;

/**
 * Measures until one was not held up. What a wrong product does in each is found; what it does now and then may pass, where the same is asserted.
 *
 * @returns that one, or the last
 */
export async function untilUndisturbed<Measured>(
  measure: () => Promise<Measured>,
  isUndisturbed: (measured: Measured) => boolean,
): Promise<Measured> {
  for (let tried = 1; ; tried++) {
    const measured = await measure();
    if (tried === TRIES || isUndisturbed(measured)) return measured;
  }
}
