// Which files a person means: chosen one by one, as a folder, or dropped.

/** What systems put into folders by themselves. */
const OWN_FILES = /^(\.|thumbs\.db$|desktop\.ini$)/i;

/** All files that were dropped, those of folders too. */
export async function dropped(data: DataTransfer): Promise<File[]> {
  // The entries must be taken before the first wait: afterwards the browser has forgotten them.
  const entries = [...data.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  if (!entries.some((entry) => entry.isDirectory)) return [...data.files];
  const found: File[] = [];
  for (const entry of entries) await walk(entry, found);
  return ofFolder(found);
}

/** The files of a folder that a person put there. */
export function ofFolder(files: File[]): File[] {
  return files.filter((file) => !OWN_FILES.test(file.name));
}

async function walk(entry: FileSystemEntry, found: File[]): Promise<void> {
  if (entry.isFile) {
    found.push(await new Promise<File>((done, fail) => (entry as FileSystemFileEntry).file(done, fail)));
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    // A browser hands over at most a hundred at a time.
    const some = await new Promise<FileSystemEntry[]>((done, fail) => reader.readEntries(done, fail));
    if (some.length === 0) return;
    for (const one of some) await walk(one, found);
  }
}
