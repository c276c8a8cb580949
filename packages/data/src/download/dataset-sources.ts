/** Datasets that `download` knows. */
export type DatasetName = "mnist" | "fashion-mnist" | "kmnist" | "cifar10" | "cifar100";

/** A file on a server, and how it is known to be the right one. */
export interface RemoteFile {
  readonly name: string;
  readonly bytes: number;
  /** In hexadecimal digits. */
  readonly sha256: string;
}

/** Where a dataset comes from. */
export interface DatasetSource {
  readonly title: string;
  readonly homepage: string;
  /** Under which terms it may be used, and what its authors ask to be cited. */
  readonly licence: string;
  /** Addresses of folders that have the files, the preferred first. */
  readonly mirrors: readonly string[];
  readonly files: readonly RemoteFile[];
  /** What is taken out of the files, which are tar archives then. */
  readonly contents?: readonly { readonly name: string; readonly bytes: number }[];
}

/** Names and order of the files of MNIST and of the sets that are made like it. */
const idxNames = ["train-images", "train-labels", "t10k-images", "t10k-labels"].map(
  (name) => `${name}-idx${name.endsWith("images") ? 3 : 1}-ubyte.gz`,
);

function idxFiles(...facts: readonly (readonly [bytes: number, sha256: string])[]): readonly RemoteFile[] {
  return facts.map(([bytes, sha256], i) => ({ name: idxNames[i]!, bytes, sha256 }));
}

/**
 * The datasets' sources and licences. Sizes and SHA-256 are those that TensorFlow Datasets publishes.
 *
 * @see https://github.com/tensorflow/datasets/tree/master/tensorflow_datasets/url_checksums
 */
export const datasetSources: Readonly<Record<DatasetName, DatasetSource>> = {
  mnist: {
    title: "MNIST",
    homepage: "http://yann.lecun.com/exdb/mnist/",
    licence: "Yann LeCun, Corinna Cortes and Christopher J. C. Burges; CC BY-SA 3.0",
    mirrors: ["https://storage.googleapis.com/cvdf-datasets/mnist/", "https://ossci-datasets.s3.amazonaws.com/mnist/"],
    files: idxFiles(
      [9_912_422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"],
      [28_881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"],
      [1_648_877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"],
      [4542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"],
    ),
  },
  "fashion-mnist": {
    title: "Fashion-MNIST",
    homepage: "https://github.com/zalandoresearch/fashion-mnist",
    licence: "Zalando SE; MIT. Xiao, Rasul and Vollgraf 2017, https://arxiv.org/abs/1708.07747",
    mirrors: ["http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"],
    files: idxFiles(
      [26_421_880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"],
      [29_515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"],
      [4_422_102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"],
      [5148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"],
    ),
  },
  kmnist: {
    title: "KMNIST",
    homepage: "https://github.com/rois-codh/kmnist",
    licence:
      "CC BY-SA 4.0. “KMNIST Dataset” (created by CODH), adapted from “Kuzushiji Dataset” (created by NIJL and others), doi:10.20676/00000341",
    mirrors: ["http://codh.rois.ac.jp/kmnist/dataset/kmnist/"],
    files: idxFiles(
      [18_165_135, "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4"],
      [29_497, "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17"],
      [3_041_136, "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5"],
      [5120, "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c"],
    ),
  },
  cifar10: {
    title: "CIFAR-10",
    homepage: "https://www.cs.toronto.edu/~kriz/cifar.html",
    licence: "No licence is stated. Cite Krizhevsky 2009, Learning Multiple Layers of Features from Tiny Images",
    mirrors: ["https://www.cs.toronto.edu/~kriz/"],
    files: [
      {
        name: "cifar-10-binary.tar.gz",
        bytes: 170_052_171,
        sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
      },
    ],
    contents: [1, 2, 3, 4, 5, null].map((batch) => ({
      name: batch === null ? "test_batch.bin" : `data_batch_${batch}.bin`,
      bytes: 10_000 * 3073,
    })),
  },
  cifar100: {
    title: "CIFAR-100",
    homepage: "https://www.cs.toronto.edu/~kriz/cifar.html",
    licence: "No licence is stated. Cite Krizhevsky 2009, Learning Multiple Layers of Features from Tiny Images",
    mirrors: ["https://www.cs.toronto.edu/~kriz/"],
    files: [
      {
        name: "cifar-100-binary.tar.gz",
        bytes: 168_513_733,
        sha256: "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
      },
    ],
    contents: [
      { name: "train.bin", bytes: 50_000 * 3074 },
      { name: "test.bin", bytes: 10_000 * 3074 },
    ],
  },
};
