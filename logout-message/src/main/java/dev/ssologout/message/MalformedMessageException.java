package dev.ssologout.message;

/**
 * A text is not a message of this contract. The exception's message names the place as a JSON path
 * and what is wrong there, and holds nothing of the text itself, which may carry a logout token.
 */
public class MalformedMessageException extends Exception {
  private static final long serialVersionUID = 1L;

  MalformedMessageException(String path, String problem) {
    super(path + ": " + problem);
  }
}
