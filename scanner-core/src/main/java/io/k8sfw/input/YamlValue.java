package io.k8sfw.input;

import io.k8sfw.model.Untrusted;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// A value in a file that a person wrote: what it is, where it stands, and the list that its
/// problems go to.
///
/// An accessor that does not find what it wants has told so; its caller only goes on without.
public final class YamlValue {
  private final YamlNode node;
  private final YamlPath path;
  private final Problems problems;

  YamlValue(YamlNode node, YamlPath path, Problems problems) {
    this.node = node;
    this.path = path;
    this.problems = problems;
  }

  public SourcePosition where() {
    return node.where();
  }

  /// Such as `rules[3].ports`; empty for the whole document.
  public String path() {
    return path.toString();
  }

  /// The list that this value's problems go to: one for the whole file.
  public Problems problems() {
    return problems;
  }

  /// Tells that this value is wrong.
  ///
  /// @param message what is wrong; what is accepted
  public void reject(String message) {
    problems.add(new Problem(where(), path(), message));
  }

  /// Tells that this text is none of the accepted words.
  ///
  /// @param what the value should have been, such as `an expectation`
  public void rejectWord(String text, String what, Collection<String> accepted) {
    String guess =
        Spelling.nearest(text, accepted).map(w -> "; did you mean " + w + '?').orElse("");
    reject(quote(text) + " is not " + what + guess + "; accepted: " + String.join(", ", accepted));
  }

  /// `text` in quotes, safe to show.
  public static String quote(String text) {
    return '"' + Untrusted.of(text).visible() + '"';
  }

  /// A value that is text, a number or a word, as it was written.
  public Optional<String> text() {
    switch (node) {
      case YamlNode.Scalar scalar when !scalar.isNull() -> {
        return Optional.of(scalar.text());
      }
      case YamlNode.Scalar _ -> reject("has no value; give it one, or leave the key out");
      case YamlNode.Sequence _ -> reject("is a list; write one value");
      case YamlNode.Mapping _ -> reject("is a mapping; write one value");
      case YamlNode.Broken _ -> {}
    }
    return Optional.empty();
  }

  /// One of `values`, by its word.
  ///
  /// @param what they are, such as `an expectation`
  public <T> Optional<T> word(String what, List<T> values, Function<T, String> wordOf) {
    Map<String, T> byWord = new LinkedHashMap<>();
    values.forEach(v -> byWord.put(wordOf.apply(v), v));
    Optional<String> text = text();
    Optional<T> value = text.flatMap(t -> Optional.ofNullable(byWord.get(t)));
    if (text.isPresent() && value.isEmpty()) {
      rejectWord(text.get(), what, byWord.keySet());
    }
    return value;
  }

  /// A whole number in decimal, without sign, leading zeros and underscores, which other readers of
  /// YAML take for something else.
  public Optional<Integer> integer(int min, int max) {
    Optional<String> text = text();
    Optional<Integer> number =
        text.filter(t -> t.matches("0|[1-9][0-9]{0,8}"))
            .map(Integer::valueOf)
            .filter(n -> min <= n && n <= max);
    if (text.isPresent() && number.isEmpty()) {
      reject(quote(text.get()) + " is not a whole number from " + min + " to " + max);
    }
    return number;
  }

  public Optional<Boolean> bool() {
    return word("true or false", List.of(true, false), String::valueOf);
  }

  /// The items of a list.
  public List<YamlValue> items() {
    switch (node) {
      case YamlNode.Sequence sequence -> {
        return items(sequence);
      }
      case YamlNode.Scalar scalar when scalar.isNull() ->
          reject("has no value; give it one, or leave the key out");
      case YamlNode.Scalar _, YamlNode.Mapping _ -> reject("is not a list; write [a, b]");
      case YamlNode.Broken _ -> {}
    }
    return List.of();
  }

  private List<YamlValue> items(YamlNode.Sequence sequence) {
    return IntStream.range(0, sequence.items().size())
        .mapToObj(i -> new YamlValue(sequence.items().get(i), path.index(i), problems))
        .toList();
  }

  /// The texts of a list, or the one text that stands in place of it; an empty list is a problem.
  public List<YamlValue> oneOrMore() {
    if (!(node instanceof YamlNode.Sequence sequence)) {
      return List.of(this);
    }
    if (sequence.items().isEmpty()) {
      reject("is an empty list; name at least one");
    }
    return items(sequence);
  }

  /// Whether this is a mapping; says nothing of problems.
  public boolean isMapping() {
    return node instanceof YamlNode.Mapping;
  }

  /// Whether this is a list; says nothing of problems.
  public boolean isSequence() {
    return node instanceof YamlNode.Sequence;
  }

  /// A mapping whose keys the user chooses, in the order of the file.
  public Map<String, YamlValue> entries() {
    Map<String, YamlValue> entries = new LinkedHashMap<>();
    switch (node) {
      case YamlNode.Mapping mapping ->
          mapping
              .entries()
              .forEach(
                  e -> entries.put(e.key(), new YamlValue(e.value(), path.key(e.key()), problems)));
      case YamlNode.Scalar scalar when scalar.isNull() ->
          reject("has no value; give it one, or leave the key out");
      case YamlNode.Scalar _, YamlNode.Sequence _ ->
          reject("is not a mapping; write keys and values");
      case YamlNode.Broken _ -> {}
    }
    return entries;
  }

  /// A mapping that has these keys and no others.
  public YamlFields fields(String... accepted) {
    Map<String, YamlValue> entries = entries();
    List<String> keys = Arrays.asList(accepted);
    if (node instanceof YamlNode.Mapping mapping) {
      mapping.entries().stream()
          .filter(e -> !keys.contains(e.key()))
          .forEach(e -> rejectKey(e, keys));
    }
    return new YamlFields(this, entries, misspelt(entries, keys));
  }

  private void rejectKey(YamlNode.Entry entry, List<String> accepted) {
    String guess = Spelling.guess(entry.key(), accepted);
    problems.add(
        new Problem(
            entry.keyAt(),
            path.key(entry.key()).toString(),
            "unknown key" + guess + "; accepted: " + Spelling.list(accepted)));
  }

  private static List<String> misspelt(Map<String, YamlValue> entries, List<String> accepted) {
    return entries.keySet().stream()
        .filter(k -> !accepted.contains(k))
        .flatMap(k -> Spelling.nearest(k, accepted).stream())
        .collect(Collectors.toList());
  }
}
