// A module of its own, for setup files run again for each test file, and vitest would keep a tester of each.
import "./number-equality.ts";
