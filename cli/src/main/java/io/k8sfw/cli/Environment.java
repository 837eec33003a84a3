package io.k8sfw.cli;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/// Defaults from the environment: `--min-coverage` from `K8SFW_MIN_COVERAGE`. A flag beats it, and
/// an empty variable counts as none.
record Environment(Map<String, String> variables) implements IDefaultValueProvider {
  static final String PREFIX = "K8SFW_";

  /// Switches and repeated options are asked for by [#flag] and [#variable]: picocli would turn a
  /// switch that is on by default off when it is given, and add to a list instead of replacing it.
  @Override
  public @Nullable String defaultValue(ArgSpec arg) {
    return arg instanceof OptionSpec option && option.arity().max() == 1 && !option.isMultiValue()
        ? variable(option.longestName()).orElse(null)
        : null;
  }

  Optional<String> variable(String option) {
    return Optional.ofNullable(variables.get(name(option))).filter(v -> !v.isEmpty());
  }

  /// The variable that stands for `option`.
  static String name(String option) {
    return PREFIX + option.replaceFirst("^--", "").replace('-', '_').toUpperCase(Locale.ROOT);
  }

  /// @param given on the command line; null when it was not
  boolean flag(@Nullable Boolean given, String option) throws Refusal {
    if (given != null) {
      return given;
    }
    return switch (variable(option).orElse("false").toLowerCase(Locale.ROOT)) {
      case "true", "1", "yes" -> true;
      case "false", "0", "no" -> false;
      default ->
          throw Refusal.usage(
              "{}={}: is neither true nor false", name(option), variable(option).orElse(""));
    };
  }
}
