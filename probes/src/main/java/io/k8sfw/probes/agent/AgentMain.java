package io.k8sfw.probes.agent;

import io.k8sfw.model.Untrusted;
import io.k8sfw.probes.LocalVantage;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// An agent as a process of its own: serves whoever holds its standard input and output, from where
/// it was started.
///
/// Knows one option, `--allow ADDRESS[,ADDRESS]...`, which is a limit and no request: addresses
/// beside these are refused, whatever the controller says. Uses nothing of the rest of the program,
/// so that it starts fast.
public final class AgentMain {
  private static final int USAGE = 2;
  private static final int CANNOT_RUN = 4;
  private static final String ALLOW = "--allow";

  private AgentMain() {}

  public static void main(String[] args) throws InterruptedException {
    try (FileOutputStream out = new FileOutputStream(FileDescriptor.out);
        PrintStream err = new PrintStream(new FileOutputStream(FileDescriptor.err), true)) {
      Runtime.getRuntime().halt(run(List.of(args), out, err));
    } catch (java.io.IOException _) {
      Runtime.getRuntime().halt(CANNOT_RUN);
    }
  }

  /// @return the exit code
  private static int run(List<String> args, FileOutputStream out, PrintStream err)
      throws InterruptedException {
    Set<InetAddress> allowed;
    try {
      allowed = allowed(args);
    } catch (IllegalArgumentException e) {
      err.println("k8sfw-audit agent: " + e.getMessage());
      return USAGE;
    }
    System.setOut(err);
    try (LocalVantage vantage = LocalVantage.open("agent")) {
      Optional<String> why =
          new AgentServer(vantage, allowed, new FileInputStream(FileDescriptor.in), out).serve();
      why.ifPresent(cause -> err.println("k8sfw-audit agent: " + cause));
      return why.isPresent() ? CANNOT_RUN : 0;
    }
  }

  private static Set<InetAddress> allowed(List<String> args) {
    Set<InetAddress> allowed = new LinkedHashSet<>();
    for (int i = 0; i < args.size(); i += 2) {
      if (!args.get(i).equals(ALLOW) || i + 1 == args.size()) {
        throw new IllegalArgumentException(
            Untrusted.of(args.get(i)) + "? only " + ALLOW + " ADDRESS[,ADDRESS]... is known");
      }
      for (String address : args.get(i + 1).split(",", -1)) {
        allowed.add(InetAddress.ofLiteral(address));
      }
    }
    return allowed;
  }
}
