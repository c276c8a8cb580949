import { FormatError, ValueError } from "@tapegrad/tensor";
import { checkString, refuseUnknownOptions, showValue } from "@tapegrad/tensor/internal";
import { type PictureFile, PictureFiles, type PictureFilesOptions } from "../pictures/picture-files.ts";
import type { Picture } from "../pictures/picture.ts";
import type { PictureValues, Transform } from "../transforms/transform.ts";

/** How a folder of pictures is read. */
export interface ImageFolderOptions extends PictureFilesOptions {
  /** Files with other endings are passed over; capitals do not matter. @default [".jpg", ".jpeg", ".png"] */
  readonly extensions?: readonly string[];
}

/**
 * Pictures sorted into a folder for each class, as in torchvision: `root/cat/1.jpg`, `root/dog/some/where/2.png`; Node only.
 *
 * Classes are numbered in alphabetical order of their folders, examples in alphabetical order within each. Links are followed.
 *
 * ```ts
 * const train = await ImageFolder.open("train", { transform: new Compose([new Resize(32), new ToTensor()]) });
 * ```
 */
export class ImageFolder extends PictureFiles {
  /** Names of the classes by number. */
  readonly classes: readonly string[];

  private constructor(files: readonly PictureFile[], classes: readonly string[], options: PictureFilesOptions) {
    super(files, options);
    this.classes = classes;
  }

  override withTransform(transform: Transform<Picture, PictureValues>): ImageFolder {
    return new ImageFolder(this.files, this.classes, { ...this.options, transform });
  }

  /**
   * Lists the files; none is opened yet.
   *
   * @throws FormatError naming the folder, if it cannot be read, has no folders in it, or one of them has no pictures.
   */
  static async open(root: string, options: ImageFolderOptions = {}): Promise<ImageFolder> {
    checkString("ImageFolder.open", "root", root);
    refuseUnknownOptions("ImageFolder.open", options, [
      "extensions",
      "transform",
      "seed",
      "workers",
      "maxPixels",
      "maxWork",
    ]);
    const { extensions = [".jpg", ".jpeg", ".png"], ...rest } = options;
    if (!Array.isArray(extensions) || !extensions.every((end) => typeof end === "string"))
      throw new ValueError(`ImageFolder.open: extensions must be a list of endings, got ${showValue(extensions)}`);
    const { join } = process.getBuiltinModule("node:path");
    const classes = (await listFolder(root)).filter(({ folder }) => folder).map(({ name }) => name);
    if (classes.length === 0) throw new FormatError(root, "found no folder in it; expected one for each class");
    const files: PictureFile[] = [];
    for (const [target, name] of classes.entries()) {
      const found = (await listFiles(join(root, name))).filter((file) =>
        extensions.some((end) => file.toLowerCase().endsWith(end.toLowerCase())),
      );
      if (found.length === 0)
        throw new FormatError(join(root, name), `found no picture in it (${extensions.join(", ")})`);
      for (const file of found) files.push({ file, target });
    }
    return new ImageFolder(files, classes, rest);
  }
}

/** All files below a folder: the folders in alphabetical order of their paths, the files of each in alphabetical order. */
async function listFiles(top: string): Promise<readonly string[]> {
  const { join } = process.getBuiltinModule("node:path");
  const { realpath } = process.getBuiltinModule("node:fs/promises");
  const seen = new Set<string>();
  const folders: { readonly path: string; readonly files: readonly string[] }[] = [];
  const pending = [top];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const real = await realpath(path);
    // A link may lead back to a folder that contains it.
    if (seen.has(real)) continue;
    seen.add(real);
    const entries = await listFolder(path);
    folders.push({ path, files: entries.filter(({ folder }) => !folder).map(({ name }) => name) });
    for (const { name, folder } of entries) if (folder) pending.push(join(path, name));
  }
  folders.sort((a, b) => compare(a.path, b.path));
  return folders.flatMap(({ path, files }) => files.map((file) => join(path, file)));
}

interface Entry {
  readonly name: string;
  readonly folder: boolean;
}

/** What is in a folder, in alphabetical order. */
async function listFolder(path: string): Promise<readonly Entry[]> {
  const { readdir, stat } = process.getBuiltinModule("node:fs/promises");
  const { join } = process.getBuiltinModule("node:path");
  const found = await readdir(path, { withFileTypes: true }).catch((cause: unknown) => {
    throw new FormatError(path, `cannot be listed (${cause instanceof Error ? cause.message : String(cause)})`, {
      cause,
    });
  });
  const entries: Entry[] = [];
  for (const entry of found) {
    const folder = entry.isSymbolicLink()
      ? await stat(join(path, entry.name)).then(
          (target) => target.isDirectory(),
          () => false,
        )
      : entry.isDirectory();
    entries.push({ name: entry.name, folder });
  }
  return entries.sort((a, b) => compare(a.name, b.name));
}

/** Orders paths, no two of which are equal. */
function compare(a: string, b: string): number {
  return a < b ? -1 : 1;
}
