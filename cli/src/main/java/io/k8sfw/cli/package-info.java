/// The command line. Read [Main], then [RunCommand]: everything else serves them.
@NullMarked
package io.k8sfw.cli;

import org.jspecify.annotations.NullMarked;
