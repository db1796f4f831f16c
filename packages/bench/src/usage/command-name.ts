/** How a person starts this program, from the repository's folder: it is on nobody's PATH. What is printed to be typed begins with this. */
export const BENCH = "npx -y pnpm@12 bench";
