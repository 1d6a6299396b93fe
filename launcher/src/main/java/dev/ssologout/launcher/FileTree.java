package dev.ssologout.launcher;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.function.Predicate;

/** Copies and deletes directories. */
final class FileTree {

  private FileTree() {}

  /**
   * Makes the target a second home of the source's files: by hard links, which takes no time and no
   * room, or by copies where the file system has no links or where files get changed in place.
   *
   * @param shared whether the file (relative to the source) is never changed in place
   */
  static void link(Path source, Path target, Predicate<Path> shared) {
    walk(
        source,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes)
              throws IOException {
            Files.createDirectories(target.resolve(source.relativize(dir)));
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Path relative = source.relativize(file);
            linkOrCopy(file, target.resolve(relative), shared.test(relative));
            return FileVisitResult.CONTINUE;
          }
        });
  }

  /** Deletes the directory with all that is in it; nothing happens when there is none. */
  static void delete(Path directory) {
    if (!Files.exists(directory)) {
      return;
    }
    walk(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (e instanceof NoSuchFileException) {
              return FileVisitResult.CONTINUE;
            }
            throw e;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path dir, IOException e) throws IOException {
            Files.deleteIfExists(dir);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  /** Copies a file with its modification time. */
  static void copy(Path file, Path target) {
    try {
      Files.copy(
          file, target, StandardCopyOption.COPY_ATTRIBUTES, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new LaunchException("cannot copy " + file + " to " + target, e);
    }
  }

  private static void linkOrCopy(Path file, Path target, boolean share) throws IOException {
    if (share) {
      try {
        Files.createLink(target, file);
        return;
      } catch (IOException | UnsupportedOperationException noLinksHere) {
        // copied below
      }
    }
    copy(file, target);
  }

  private static void walk(Path root, SimpleFileVisitor<Path> visitor) {
    try {
      Files.walkFileTree(root, visitor);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
