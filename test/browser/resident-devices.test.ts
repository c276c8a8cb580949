import { describe } from "vitest";
import { testResidentDevice } from "../../packages/tensor/test/resident-device.ts";

describe.each(["webgl2", "webgl", "webgpu"] as const)("gpu:%s", testResidentDevice);
