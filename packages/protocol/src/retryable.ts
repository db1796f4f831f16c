/** §3.3: whether an HTTP status is worth another try. */
export function isRetryableStatus(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500;
}

/** §4.3: whether a WebSocket close code is worth another try; 4400–4599 mirror HTTP's 400–599. */
export function isRetryableClose(code: number): boolean {
  if (code >= 4400 && code < 4600) return isRetryableStatus(code - 4000);
  return ![1002, 1003, 1007, 1009, 1010].includes(code);
}
