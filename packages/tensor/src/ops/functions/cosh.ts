export { cosh } from "./sinh.ts";
