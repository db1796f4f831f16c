/** Of a pair group in halves, A B C and then C B A: which half a block is in. @param arms of the setting */
export function halfOf(position: number, arms: number): 0 | 1 {
  return position < arms ? 0 : 1;
}
