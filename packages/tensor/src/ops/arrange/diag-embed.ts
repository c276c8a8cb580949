export { diagEmbed } from "./diagonal.ts";
