package io.k8sfw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/// `docs/cli.md` says what the program does, no more and no less.
class DocumentationTests {
  private static final Path PAGE = Path.of("..", "docs", "cli.md");
  private static final Pattern LONG_OPTION = Pattern.compile("`--(?:\\[no-])?([a-z-]+)`");

  @Test
  void everyCommandHasItsOptionsAndVariables() throws Exception {
    Map<String, Map<String, String>> documented = documented();
    Map<String, Map<String, String>> real = new TreeMap<>();
    for (CommandLine command : MainTests.commands()) {
      if (command.getSubcommands().isEmpty()) {
        real.put(command.getCommandSpec().qualifiedName(), options(command));
      }
    }

    assertThat(documented).isEqualTo(real);
  }

  @Test
  void theExitCodesAreThoseOfTheHelp() throws Exception {
    List<String> rows =
        Files.readAllLines(PAGE).stream()
            .filter(l -> l.matches("\\| [0-9]+ \\| .*"))
            .map(l -> l.replaceAll("^\\| | \\|$", "").replace(" | ", ":").replace("`", ""))
            .toList();

    assertThat(rows)
        .containsExactlyElementsOf(ExitCodes.MEANINGS.stream().map(String::strip).toList());
  }

  private static Map<String, String> options(CommandLine command) {
    Map<String, String> options = new TreeMap<>();
    for (OptionSpec option : command.getCommandSpec().options()) {
      if (!option.usageHelp()) {
        options.put(option.longestName().substring(2), variable(command, option));
      }
    }
    return options;
  }

  /// Switches that only make sense once have none.
  private static String variable(CommandLine command, OptionSpec option) {
    boolean hasVariable =
        option.arity().max() == 0
            ? option.negatable()
            : !option.isMultiValue()
                || option.longestName().equals("--matrix")
                || takesReports(command, option);
    return hasVariable ? Environment.name(option.longestName()) : "";
  }

  /// `plan -o` and `inventory discover -o` are for other kinds of files than the variable is.
  private static boolean takesReports(CommandLine command, OptionSpec option) {
    return option.longestName().equals("--output")
        && !List.of("plan", "discover").contains(command.getCommandName());
  }

  private static Map<String, Map<String, String>> documented() throws IOException {
    Map<String, Map<String, String>> commands = new TreeMap<>();
    Map<String, String> options = new TreeMap<>();
    for (String line : Files.readAllLines(PAGE)) {
      if (line.startsWith("## ")) {
        options = new TreeMap<>();
        if (line.startsWith("## `k8sfw-audit ")) {
          commands.put(line.replaceAll("^## `|`$", ""), options);
        }
      } else if (line.matches("\\| `-.*")) {
        String[] cells = line.split(" *\\| *", -1);
        Matcher option = LONG_OPTION.matcher(cells[1]);
        assertThat(option.find()).as(line).isTrue();
        options.put(option.group(1), cells[2].replace("`", ""));
      }
    }
    return commands;
  }
}
