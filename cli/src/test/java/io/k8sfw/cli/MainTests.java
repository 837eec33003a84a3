package io.k8sfw.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.FileOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class MainTests {
  private static final String INVENTORY =
      """
      inventory: two
      nodes:
      - {name: cp-1, zones: [control-plane], addresses: [192.0.2.11]}
      - {name: w-1, zones: [worker], addresses: [192.0.2.21]}
      vantage:
      - {name: laptop, zones: [cluster-admin], agent: local}
      """;

  private final Terminal terminal = new Terminal();

  @TempDir Path directory = Path.of("");

  @Test
  void withoutACommandItSaysWhatThereIs() {
    assertThat(terminal.run()).isEqualTo(2);
    assertThat(terminal.out()).isEmpty();
    assertThat(terminal.err()).contains("no command was named", "Commands:", "demo", "run");
  }

  @Test
  void everyHelpNamesEveryExitCode() {
    for (CommandLine command : commands()) {
      Terminal each = new Terminal();
      String[] args =
          (command.getCommandSpec().qualifiedName().substring(Version.NAME.length()) + " --help")
              .strip()
              .split(" ");

      assertThat(each.run(args)).isZero();
      assertThat(each.err()).isEmpty();
      assertThat(each.out())
          .startsWith("Usage: " + command.getCommandSpec().qualifiedName())
          .containsPattern("(?m)^ +0 +compliant")
          .containsPattern("(?m)^ +1 +findings")
          .containsPattern("(?m)^ +2 +bad usage")
          .containsPattern("(?m)^ +3 +no finding")
          .containsPattern("(?m)^ +4 +could not run")
          .containsPattern("(?m)^ +130 +interrupted")
          .containsPattern("(?m)^ +143 +terminated")
          .doesNotContain("\u001b");
    }
  }

  static List<CommandLine> commands() {
    List<CommandLine> all = new java.util.ArrayList<>();
    collect(Root.commandLine(new Terminal().streams()), all);
    assertThat(all).hasSizeGreaterThan(10);
    return all;
  }

  @Test
  void aCommandThatIsMadeAloneIsTheSame() {
    for (CommandLine command : commands()) {
      List<String> words = words(command);

      CommandLine alone = Root.commandLine(new Terminal().streams(), words);
      for (String word : words) {
        assertThat(alone.getSubcommands()).as("under " + words).containsOnlyKeys(word);
        alone = Objects.requireNonNull(alone.getSubcommands().get(word));
      }

      assertThat(alone.getUsageMessage()).isEqualTo(command.getUsageMessage());
      assertThat(alone.getSubcommands()).hasSameSizeAs(command.getSubcommands());
    }
  }

  private static List<String> words(CommandLine command) {
    List<String> all = List.of(command.getCommandSpec().qualifiedName().split(" "));
    return all.subList(1, all.size());
  }

  private static void collect(CommandLine command, List<CommandLine> all) {
    all.add(command);
    command.getSubcommands().values().forEach(sub -> collect(sub, all));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          runn                                  | Unmatched argument at index 0: 'runn'
          run -m m -i i extra                   | Unmatched argument at index 5: 'extra'
          run -m m -i i --pace slow             | Invalid value for option '--pace': 'slow' is not a pace; there are: polite, normal, fast
          run -m m -i i --fail-on LOW           | Invalid value for option '--fail-on': 'LOW' is not a severity; there are: low, medium, high, critical
          run -m m -i i --min-coverage 101      | Invalid value for option '--min-coverage': '101' is not a whole number from 0 to 100
          run -m m -i i --min-coverage -1       | Invalid value for option '--min-coverage': '-1' is not a whole number from 0 to 100
          run -m m -i i --min-coverage 99.5     | Invalid value for option '--min-coverage': '99.5' is not a whole number from 0 to 100
          run -m m -i i --progress bar          | Invalid value for option '--progress': 'bar' is not a style; there are: auto, plain, none
          report                                | Missing required option: '--from=FILE'
          matrix                                | no command was named
          matrix show                           | Missing required parameter: 'MATRIX'
          completion                            | Missing required parameter: 'SHELL'
          """)
  void badUsageIsNamed(String args, String message) {
    assertThat(terminal.run(args.strip().split(" +"))).isEqualTo(2);
    assertThat(terminal.out()).isEmpty();
    assertThat(terminal.err()).startsWith("k8sfw-audit: " + message + "\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          completion fish                       | fish: there is no completion for this shell; there is: bash, zsh
          schema policy                         | policy: there is no such schema; there is: results
          matrix show builtin:no                | builtin:no: there is no such built-in matrix; there are: seed, seed-corrected, kubeadm, flannel
          matrix show /no/such                  | /no/such: there is no such file
          matrix show /                         | /: is a directory; name a file
          matrix show -                         | <stdin>: is empty
          run -m builtin:no -i /no/such         | builtin:no: there is no such built-in matrix; there are: seed, seed-corrected, kubeadm, flannel
          run -m builtin:seed -i /no/such       | /no/such: there is no such file
          run -m builtin:seed                   | an inventory is missing: name a file with -i, or a live cluster with --kubeconfig, --context or --in-cluster
          run -m builtin:seed -i x --etcd a=b   | --zone-label, --etcd and --vantage are for a live cluster without -i; write it into x
          plan --in-cluster --context x         | --in-cluster goes without --kubeconfig and --context
          inventory discover --vantage x:local  | --vantage x:local: write NAME=ZONE:AGENT, such as laptop=cluster-admin:local; agents: local, offline, netns=NAME, ssh=HOST
          inventory discover --etcd 10.0.0.31   | --etcd 10.0.0.31: write NAME=ADDRESS, such as etcd-1=10.0.0.31
          inventory discover --zone-label a/b/c | --zone-label a/b/c: is not the key of a label; write one such as example.com/zone
          inventory discover -o a -o b          | -o: is given 2 times; the inventory goes to one file
          cluster rbac --namespace A            | --namespace A: is not the name of a namespace; write lower case letters, digits and dashes, at most 63
          run -i /no/such                       | a matrix is missing: name one with -m; there are builtin:seed, builtin:seed-corrected, builtin:kubeadm, builtin:flannel, or write one
          plan -m builtin:seed -m builtin:seed -i - | builtin:seed: is named twice; name each matrix once
          matrix show --yaml builtin:seed builtin:kubeadm | --yaml: prints one file; name one matrix
          run -m - -i -                         | <stdin>: is empty
          report --from /no/such                | /no/such: there is no such file
          demo --fault nonsense                 | --fault nonsense: there is no such fault; there are:
          demo --fault none,all                 | --fault none: goes with no other
          """)
  void whatIsNotThereIsNamed(String args, String message) {
    assertThat(terminal.run(args.strip().split(" +"))).isEqualTo(2);
    assertThat(terminal.out()).isEmpty();
    assertThat(terminal.err()).startsWith(message.strip());
  }

  @Test
  void standardInputIsReadOnlyOnce() {
    String matrix = run("matrix", "show", "--yaml", "builtin:seed");

    int code = terminal.typing(matrix).run("plan", "-m", "-", "-i", "-");

    assertThat(code).isEqualTo(2);
    assertThat(terminal.err())
        .isEqualTo("standard input (-) can be read only once; name a file for the other\n");
  }

  @Test
  void everyProblemOfAFileIsNamedWithItsPlace() throws Exception {
    Path matrix =
        Files.writeString(
            directory.resolve("m.yaml"),
            """
            matrix: mine
            version: 1
            rules:
            - {id: a, to: worker, protocol: tcp, ports: "3000-", from: [pod], expect: required}
            - {id: b, to: nowhere, protocol: tcp, ports: 80, from: [pod], expect: required}
            """);

    assertThat(terminal.run("matrix", "lint", matrix.toString())).isEqualTo(2);
    assertThat(terminal.err().lines())
        .allMatch(line -> line.startsWith(matrix + ":"))
        .anyMatch(line -> line.contains(":4:") && line.contains("\"3000-\" is not a port or range"))
        .anyMatch(line -> line.contains(":5:"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          -o text -o json            | -o json: standard output can take one report only; give the other a path: -o json=PATH
          -o json=- -o text=-        | -o text: standard output can take one report only; give the other a path: -o text=PATH
          -o pdf                     | -o pdf: there is no such format; there are: text, json, junit, html, prometheus
          -o json=                   | -o json=: there is no path after the equals sign
          -o json=/                  | /: is a directory; name a file
          -o json=/dev/null          | /dev/null: is not a plain file; write to - and redirect
          -o json=/no/such/dir/x     | /no/such/dir/x: cannot be written: there is no directory /no/such/dir
          -o json=DIR/a -o text=DIR/./a | -o text=DIR/./a: another -o writes the same file
          -o json=DIR/{time}/a       | DIR/{time}/a: {time} is for the name of a file, and once
          -o json=DIR/a --keep 3     | --keep 3: no report is named by the time; name one so: -o json=audit-{time}.json
          -o json=DIR/inventory.yaml | -o json=DIR/inventory.yaml: would overwrite DIR/inventory.yaml, which is an input
          """)
  void badReportPlacesAreFoundBeforeProbing(String args, String message) throws Exception {
    String inventory = Files.writeString(directory.resolve("inventory.yaml"), INVENTORY).toString();
    List<String> all = new java.util.ArrayList<>(List.of("run", "-m", "builtin:seed", "-i"));
    all.add(inventory);
    all.addAll(List.of(args.replace("DIR", directory.toString()).split(" +")));

    assertThat(terminal.run(all.toArray(String[]::new))).isEqualTo(2);
    assertThat(terminal.err()).isEqualTo(message.replace("DIR", directory.toString()) + "\n");
    assertThat(terminal.out()).isEmpty();
    assertThat(directory.resolve("inventory.yaml")).hasContent(INVENTORY);
  }

  @Test
  void htmlDoesNotGoToATerminal() throws Exception {
    Path inventory = Files.writeString(directory.resolve("inventory.yaml"), INVENTORY);

    int code =
        terminal
            .onScreen()
            .run("run", "-m", "builtin:seed", "-i", inventory.toString(), "-o", "html");

    assertThat(code).isEqualTo(2);
    assertThat(terminal.err())
        .isEqualTo("-o html: a terminal cannot show HTML; write it to a file: -o html=PATH\n");
  }

  @Test
  void theEnvironmentGivesDefaultsAndTheCommandLineBeatsThem() throws Exception {
    Path inventory = Files.writeString(directory.resolve("inventory.yaml"), INVENTORY);
    terminal
        .with("K8SFW_MATRIX", "builtin:seed")
        .with("K8SFW_INVENTORY", inventory.toString())
        .with("K8SFW_PACE", "polite");

    assertThat(terminal.run("plan")).isZero();
    assertThat(terminal.out()).contains("at pace polite,");
    assertThat(terminal.run("plan", "--pace", "fast")).isZero();
    assertThat(terminal.out()).contains("at pace fast,");
  }

  @Test
  void aBadVariableIsNamedAsOne() throws Exception {
    Path inventory = Files.writeString(directory.resolve("inventory.yaml"), INVENTORY);
    terminal.with("K8SFW_PACE", "slow").with("K8SFW_EXHAUSTIVE", "maybe");

    assertThat(terminal.run("plan", "-m", "builtin:seed", "-i", inventory.toString())).isEqualTo(2);
    assertThat(terminal.err())
        .startsWith(
            "k8sfw-audit: Invalid value for option '--pace': 'slow' is not a pace; there are:"
                + " polite, normal, fast (from K8SFW_PACE)\n");

    Terminal other = new Terminal().with("K8SFW_EXHAUSTIVE", "maybe");
    assertThat(other.run("plan", "-m", "builtin:seed", "-i", inventory.toString())).isEqualTo(2);
    assertThat(other.err()).isEqualTo("K8SFW_EXHAUSTIVE=maybe: is neither true nor false\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"true", "false", ""})
  void switchesBeatTheirVariablesBothWays(String variable) throws Exception {
    Path inventory = Files.writeString(directory.resolve("inventory.yaml"), INVENTORY);
    String sample = ports(inventory, new Terminal().with("K8SFW_EXHAUSTIVE", "false"));
    String all = ports(inventory, new Terminal().with("K8SFW_EXHAUSTIVE", "true"));
    assertThat(all).isNotEqualTo(sample);

    assertThat(
            ports(inventory, new Terminal().with("K8SFW_EXHAUSTIVE", variable), "--no-exhaustive"))
        .isEqualTo(sample);
    assertThat(ports(inventory, new Terminal().with("K8SFW_EXHAUSTIVE", variable), "--exhaustive"))
        .isEqualTo(all);
  }

  private String ports(Path inventory, Terminal terminal, String... more) {
    List<String> args =
        new java.util.ArrayList<>(List.of("plan", "-m", OPEN_MATRIX, "-i", inventory.toString()));
    args.addAll(List.of(more));
    assertThat(terminal.typing(MATRIX_WITH_ALL).run(args.toArray(String[]::new)))
        .as(terminal.err())
        .isZero();
    return terminal.out().lines().filter(l -> l.startsWith("  laptop ")).findFirst().orElseThrow();
  }

  private static final String OPEN_MATRIX = "-";

  private static final String MATRIX_WITH_ALL =
      """
      matrix: open
      version: 1
      rules:
      - {id: all, to: worker, protocol: tcp, ports: ALL, from: [cluster-admin], expect: path, purpose: p, reference: r}
      """;

  @Test
  void planSaysWhatItWouldDoAndThatItDidNot() throws Exception {
    Path inventory = Files.writeString(directory.resolve("inventory.yaml"), INVENTORY);

    assertThat(terminal.run("plan", "-m", "builtin:seed", "-i", inventory.toString())).isZero();
    assertThat(terminal.err()).isEmpty();
    assertThat(terminal.out())
        .contains("From laptop (cluster-admin; local) to")
        .contains("192.0.2.11")
        .contains("6443")
        .contains("no vantage point in zone pod")
        .containsPattern("  laptop +[0-9,]+ +[0-9,]+, at most [0-9,]+ +[0-9]+ m?i?n?s?, at most ")
        .contains("up to 20 ports from 49152 up, as controls")
        .endsWith("Nothing was sent.\n");
  }

  @Test
  void planSaysHowBgpPortsAreAskedAndWarnsWhereThatMayDoHarm() throws Exception {
    Path inventory = Files.writeString(directory.resolve("inventory.yaml"), INVENTORY);
    String[] plan = {"plan", "-m", "builtin:seed", "-i", inventory.toString()};

    assertThat(terminal.run(plan)).isZero();
    assertThat(terminal.out())
        .contains("179 without making a connection, unless the node says that nothing listens")
        .doesNotContain("MAY RESET");

    Terminal harmful = new Terminal().with("K8SFW_ALLOW_DISRUPTIVE", "bgp");
    assertThat(harmful.run(plan)).isZero();
    assertThat(harmful.out()).contains("WHICH MAY RESET BGP SESSIONS");

    Terminal wrong = new Terminal().with("K8SFW_ALLOW_DISRUPTIVE", "etcd");
    assertThat(wrong.run(plan)).isEqualTo(2);
    assertThat(wrong.err()).contains("there is: bgp");
  }

  @Test
  void planKeepsToWhatMayBeTracked() throws Exception {
    Path inventory = Files.writeString(directory.resolve("inventory.yaml"), INVENTORY);

    assertThat(
            terminal.run(
                "plan",
                "-m",
                "builtin:seed",
                "-i",
                inventory.toString(),
                "--tracked-entries",
                "100"))
        .isZero();
    assertThat(terminal.out())
        .containsPattern(
            "From laptop at most 100 unanswered connects per two minutes.*: takes about [0-9]+ h");
  }

  private Path manyWorkers() throws Exception {
    StringBuilder yaml = new StringBuilder("inventory: many\nnodes:\n");
    for (int i = 1; i <= 60; i++) {
      yaml.append(
          "- {name: w-%d, zones: [worker], addresses: [192.0.2.%d], agent: offline}\n"
              .formatted(i, i));
    }
    return Files.writeString(directory.resolve("many.yaml"), yaml);
  }

  @Test
  void planOfManyPlacesSaysItsSampleAndStaysShort() throws Exception {
    String inventory = manyWorkers().toString();

    assertThat(terminal.run("plan", "-m", "builtin:seed", "-i", inventory, "--seed=7")).isZero();
    assertThat(terminal.out())
        .contains("Sampled: 3 of 60 places in zone worker look at each node (seed 7);")
        .contains("From 58 more places in zone worker likewise to a few nodes each.")
        .contains("and 20 more");
    assertThat(terminal.out().lines()).hasSizeLessThan(300);
  }

  @Test
  void planOfAllPairsIsOfAllPairs() throws Exception {
    String inventory = manyWorkers().toString();

    Terminal all = new Terminal();
    assertThat(all.run("plan", "-m", "builtin:seed", "-i", inventory, "--all-pairs")).isZero();
    assertThat(all.out()).doesNotContain("Sampled:").contains("From w-60 ");
    assertThat(
            terminal.run(
                "plan", "-m", "builtin:seed", "-i", inventory, "--vantage-points-per-zone=5"))
        .isZero();
    assertThat(terminal.out()).contains("Sampled: 5 of 60 places in zone worker");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--vantage-points-per-zone=0",
        "--vantage-points-per-zone=few",
        "--seed=today",
        "--seed=9223372036854775808"
      })
  void samplesAreNumbers(String option) throws Exception {
    assertThat(terminal.run("plan", "-m", "builtin:seed", "-i", manyWorkers().toString(), option))
        .isEqualTo(2);
    assertThat(terminal.err()).contains(option.substring(option.indexOf('=') + 1), " is not a ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "many", "1000000000"})
  void trackedEntriesAreANumberOfThem(String word) throws Exception {
    Path inventory = Files.writeString(directory.resolve("inventory.yaml"), INVENTORY);

    assertThat(
            terminal.run(
                "plan",
                "-m",
                "builtin:seed",
                "-i",
                inventory.toString(),
                "--tracked-entries=" + word))
        .isEqualTo(2);
    assertThat(terminal.err()).contains("is not a number of entries");
  }

  @Test
  void matricesAreListedAndShown() {
    assertThat(run("matrix", "list")).contains("builtin:seed ", "builtin:seed-corrected");
    assertThat(run("matrix", "show", "builtin:seed"))
        .contains("seed-worker-10250")
        .contains("* seed-worker-8472: only when cni is flannel, and backend is vxlan")
        .contains("ZONE", "heapster, metrics-server, pod, pods");
    assertThat(run("matrix", "show", "--yaml", "builtin:seed")).contains("id: seed-worker-10250");
  }

  @Test
  void severalMatricesAddUp() throws Exception {
    assertThat(run("matrix", "list")).contains("builtin:kubeadm ", "builtin:flannel ");
    assertThat(run("matrix", "show", "builtin:kubeadm", "builtin:flannel"))
        .contains("Matrix kubeadm + flannel, version 1, from builtin:kubeadm + builtin:flannel")
        .contains("kubeadm-api", "flannel-vxlan");
    assertThat(run("matrix", "lint", "builtin:kubeadm"))
        .isEqualTo("builtin:kubeadm: warning: no rule lets anything reach ingress\n");
    Path inventory = Files.writeString(directory.resolve("inventory.yaml"), INVENTORY);
    assertThat(
            run(
                "plan",
                "-m",
                "builtin:kubeadm",
                "-m",
                "builtin:flannel",
                "-i",
                inventory.toString()))
        .contains("Matrix kubeadm + flannel (builtin:kubeadm + builtin:flannel): 9 rules.");
    assertThat(
            new Terminal()
                .with("K8SFW_MATRIX", "builtin:kubeadm builtin:flannel")
                .run("plan", "-i", inventory.toString()))
        .isZero();
  }

  @Test
  void lintFailsOnDifferences() {
    assertThat(terminal.run("matrix", "lint", "builtin:seed-corrected")).isZero();
    assertThat(
            new Terminal()
                .run("matrix", "lint", "builtin:seed", "--against", "builtin:seed-corrected"))
        .isEqualTo(1);
    assertThat(new Terminal().run("matrix", "lint", "builtin:seed", "--against", "builtin:seed"))
        .isZero();
  }

  @Test
  void versionNamesTheProgramAndItsJava() {
    assertThat(run("version")).startsWith("k8sfw-audit ").contains("Java " + Runtime.version());
    assertThat(run("--version")).isEqualTo(run("version"));
    assertThat(run("-V")).isEqualTo(run("version"));
  }

  @Test
  void theSchemaIsPrinted() {
    assertThat(run("schema", "results")).startsWith("{").contains("$schema");
  }

  @ParameterizedTest
  @ValueSource(strings = {"bash", "zsh"})
  void theCompletionScriptIsOneForBash(String shell) throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "needs /bin/bash");
    String script = run("completion", shell);
    Path file = Files.writeString(directory.resolve("completion"), script);

    Process bash = new ProcessBuilder("/bin/bash", "-n", file.toString()).inheritIO().start();

    assertThat(bash.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(bash.exitValue()).isZero();
    assertThat(script).contains("--min-coverage", "--list-faults");
  }

  @ParameterizedTest
  @ValueSource(strings = {"version", "--help", "matrix list", "schema results", "completion bash"})
  void aFullDiskUnderStandardOutputIsNoticed(String args) throws Exception {
    assumeTrue(Files.isWritable(Path.of("/dev/full")), "needs /dev/full (full(4))");
    try (PrintStream full = printer(new FileOutputStream("/dev/full"))) {
      assertThat(terminal.runInto(full, args.split(" "))).isEqualTo(4);
    }
    assertThat(terminal.err()).contains("standard output cannot be written");
  }

  @Test
  void aBugOfOursIsCalledOne() {
    PrintStream broken =
        new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8) {
          @Override
          public void print(String text) {
            throw new IllegalStateException("an invariant\u001b[31m");
          }
        };

    assertThat(terminal.runInto(broken, "version")).isEqualTo(4);
    assertThat(terminal.err())
        .isEqualTo(
            "k8sfw-audit: java.lang.IllegalStateException: an invariant␛[31m: this is a bug of"
                + " k8sfw-audit (--debug shows where)\n");

    Terminal debugged = new Terminal();
    assertThat(debugged.runInto(broken, "--debug", "version")).isEqualTo(4);
    assertThat(debugged.err()).contains("this is a bug of k8sfw-audit\n", "at io.k8sfw.cli");
  }

  @Test
  void hostileArgumentsCannotActOnTheTerminal() {
    assertThat(terminal.run("matrix", "show", "\u001b[2J\n::error::x")).isEqualTo(2);
    assertThat(terminal.err()).isEqualTo("␛[2J␊::error::x: there is no such file\n");

    Terminal other = new Terminal();
    assertThat(other.run("\u001b[2J")).isEqualTo(2);
    assertThat(other.err()).doesNotContain("\u001b");
  }

  private static PrintStream printer(OutputStream target) {
    return new PrintStream(target, true, StandardCharsets.UTF_8);
  }

  /// What a command that must succeed prints.
  private static String run(String... args) {
    Terminal terminal = new Terminal();
    assertThat(terminal.run(args)).as(terminal.err()).isZero();
    return terminal.out();
  }
}
