import { conformance } from "@tapegrad/testing";
import { rows as a } from "./conformance/conv2d.ts";
import { rows as b } from "./conformance/matmul.ts";
import { rows as c } from "./conformance/pool2d.ts";
import { rows as d } from "./conformance/batch-norm.ts";
import { rows as e } from "./conformance/cross-entropy.ts";
conformance([...a, ...b, ...c, ...d, ...e]);
