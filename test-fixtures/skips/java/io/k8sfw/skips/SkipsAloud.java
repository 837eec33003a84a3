package io.k8sfw.skips;

import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestExecutionResult.Status;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;

/// Says of every test that did not run, why: Surefire only counts them. Compiled into each module's
/// tests, since a module that all tests need could not use any of them.
public final class SkipsAloud implements TestExecutionListener {
  @Override
  public void executionSkipped(TestIdentifier test, String reason) {
    say(test, reason);
  }

  @Override
  public void executionFinished(TestIdentifier test, TestExecutionResult result) {
    if (result.getStatus() == Status.ABORTED) {
      say(test, result.getThrowable().map(Throwable::getMessage).orElse("no reason given"));
    }
  }

  private static void say(TestIdentifier test, String reason) {
    System.err.println("SKIPPED " + test.getLegacyReportingName() + ": " + reason);
  }
}
