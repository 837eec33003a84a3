package io.k8sfw.probes.agent;

import io.k8sfw.model.Untrusted;
import io.k8sfw.probes.LocalVantage;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// An agent as a process of its own: serves whoever holds its standard input and output, from where
/// it was started.
///
/// Knows one limit, `--allow ADDRESS[,ADDRESS]...`: addresses beside these are refused, whatever
/// the controller says. With `--wait` alone it is no agent, but waits for those that others start
/// beside it: see [PodKeeper]. Uses nothing of the rest of the program, so that it starts fast.
public final class AgentMain {
  private static final int USAGE = 2;
  private static final int CANNOT_RUN = 4;
  private static final String ALLOW = "--allow";
  private static final String WAIT = "--wait";

  private AgentMain() {}

  public static void main(String[] args) throws InterruptedException {
    PrintStream err = new PrintStream(new FileOutputStream(FileDescriptor.err), true);
    // Standard output carries messages and nothing else, whoever may want to print.
    System.setOut(err);
    Runtime.getRuntime()
        .halt(
            run(
                List.of(args),
                new FileInputStream(FileDescriptor.in),
                new FileOutputStream(FileDescriptor.out),
                err));
  }

  /// Serves until the controller has enough.
  ///
  /// @param err what is wrong, for people
  /// @return the exit code: 0 when the controller said goodbye
  public static int run(List<String> args, InputStream in, OutputStream out, PrintStream err)
      throws InterruptedException {
    if (args.equals(List.of(WAIT))) {
      new PodKeeper().keep();
      return 0;
    }
    Set<InetAddress> allowed;
    try {
      allowed = allowed(args);
    } catch (IllegalArgumentException e) {
      err.println("k8sfw-audit agent: " + e.getMessage());
      return USAGE;
    }
    try (LocalVantage vantage = LocalVantage.open("agent")) {
      Optional<String> why = new AgentServer(vantage, allowed, in, out).serve();
      why.ifPresent(cause -> err.println("k8sfw-audit agent: " + cause));
      return why.isPresent() ? CANNOT_RUN : 0;
    }
  }

  private static Set<InetAddress> allowed(List<String> args) {
    Set<InetAddress> allowed = new LinkedHashSet<>();
    for (int i = 0; i < args.size(); i += 2) {
      if (!args.get(i).equals(ALLOW) || i + 1 == args.size()) {
        throw new IllegalArgumentException(
            Untrusted.of(args.get(i))
                + "? only "
                + ALLOW
                + " ADDRESS[,ADDRESS]..., or "
                + WAIT
                + " alone, is known");
      }
      for (String address : args.get(i + 1).split(",", -1)) {
        allowed.add(InetAddress.ofLiteral(address));
      }
    }
    return allowed;
  }
}
