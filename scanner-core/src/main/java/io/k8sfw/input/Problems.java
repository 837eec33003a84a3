package io.k8sfw.input;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// What was found wrong in one file so far.
public final class Problems {
  /// Nobody reads more, and a hostile file could have one for each of its bytes.
  static final int MAX = 1000;

  private static final Comparator<Problem> IN_ORDER_OF_FILE =
      Comparator.<Problem>comparingInt(p -> p.where().line())
          .thenComparingInt(p -> p.where().column());

  private final String file;
  private final List<Problem> found = new ArrayList<>();
  private boolean more;

  public Problems(String file) {
    this.file = file;
  }

  public void add(Problem problem) {
    if (found.size() < MAX) {
      found.add(problem);
    } else {
      more = true;
    }
  }

  public boolean isEmpty() {
    return found.isEmpty();
  }

  public void throwIfAny() throws InvalidInputException {
    if (!found.isEmpty()) {
      throw new InvalidInputException(inOrder());
    }
  }

  private List<Problem> inOrder() {
    List<Problem> sorted = new ArrayList<>(found);
    sorted.sort(IN_ORDER_OF_FILE);
    if (more) {
      String rest = "more than " + MAX + " problems; the rest are not shown";
      sorted.add(new Problem(SourcePosition.wholeFile(file), "", rest));
    }
    return sorted;
  }
}
