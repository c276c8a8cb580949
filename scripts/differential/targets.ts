import type { Target } from "./case.ts";
import { activations } from "./families/activations.ts";
import { convolutions, functionalConvolutions } from "./families/convolutions.ts";
import { creation } from "./families/creation.ts";
import { elementwise } from "./families/elementwise.ts";
import { images } from "./families/images.ts";
import { indexing } from "./families/indexing.ts";
import { losses } from "./families/losses.ts";
import { marginLosses } from "./families/margin-losses.ts";
import { movement } from "./families/movement.ts";
import { functionalNorms, norms } from "./families/norms.ts";
import { optimizers } from "./families/optimizers.ts";
import { patches } from "./families/patches.ts";
import { pooling } from "./families/pooling.ts";
import { products } from "./families/products.ts";
import { rearranging } from "./families/rearranging.ts";
import { reductions } from "./families/reductions.ts";
import { rows } from "./families/rows.ts";
import { schedules } from "./families/schedules.ts";
import { sequences } from "./families/sequences.ts";
import { shrinks } from "./families/shrinks.ts";

/** All that is compared, by family. */
export const families: Readonly<Record<string, readonly Target[]>> = {
  creation,
  elementwise,
  reductions,
  movement,
  indexing,
  products,
  activations,
  convolutions,
  functionalConvolutions,
  pooling,
  norms,
  functionalNorms,
  images,
  losses,
  marginLosses,
  patches,
  rearranging,
  sequences,
  shrinks,
  optimizers,
  schedules,
  rows,
};
