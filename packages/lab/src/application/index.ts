export { perform, type Action, type Done, type ReadRun, type Surroundings } from "./application.ts";
