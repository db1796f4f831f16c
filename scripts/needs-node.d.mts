export function whyNotOn(program: string, version?: string): string | undefined;
