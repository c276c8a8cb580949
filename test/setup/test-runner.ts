// eachDevice and conformance declare their tests with vitest's functions.
import { useTestRunner } from "@tapegrad/testing/test-runner";
import { afterAll, beforeAll, describe, test } from "vitest";

useTestRunner({ describe, test, beforeAll, afterAll });
