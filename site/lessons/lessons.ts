/** The lessons, in their order: the folder of each, and its title. */
export const lessons: readonly { readonly name: string; readonly title: string }[] = [
  { name: "a-tensor", title: "A tensor" },
  { name: "a-gradient", title: "A gradient" },
  { name: "a-training-loop", title: "A training loop" },
  { name: "batch-norm-by-hand", title: "Batch norm by hand" },
  { name: "the-running-statistics-law", title: "The law of running statistics" },
  { name: "dropout", title: "Dropout" },
  { name: "the-pit", title: "The pit" },
  { name: "compare-modes", title: "compareModes" },
  { name: "a-property-finds-a-bug", title: "A property finds a bug" },
  { name: "loading-pytorch-weights", title: "Loading PyTorch's weights" },
  { name: "a-cnn", title: "A convolutional network" },
  { name: "when-training-goes-wrong", title: "When training goes wrong" },
];
