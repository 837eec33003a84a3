package io.k8sfw.input;

import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Collectors;

/// Which known word somebody probably meant.
final class Spelling {
  /// Nothing as long as this is a misspelt word, and the distance costs length times length.
  private static final int LONGEST = 64;

  /// More words are neither read nor compared: both lists come from users.
  private static final int MOST = 100;

  private Spelling() {}

  /// `; did you mean rules?`, or nothing.
  static String guess(String word, Collection<String> known) {
    return nearest(word, known).map(k -> "; did you mean " + k + "?").orElse("");
  }

  /// The words that are accepted, cut where nobody reads on.
  static String list(Collection<String> words) {
    String some = words.stream().limit(MOST).collect(Collectors.joining(", "));
    return words.size() > MOST ? some + ", and " + (words.size() - MOST) + " more" : some;
  }

  /// The known word that is at most two edits away, and fewer than half of its letters.
  static Optional<String> nearest(String word, Collection<String> known) {
    if (word.length() > LONGEST || known.size() > MOST) {
      return Optional.empty();
    }
    return known.stream()
        .filter(k -> distance(word, k) <= Math.min(2, (k.length() - 1) / 2))
        .min(Comparator.comparingInt(k -> distance(word, k)));
  }

  /// Levenshtein's: how many letters to add, remove or replace.
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    Arrays.setAll(row, i -> i);
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
