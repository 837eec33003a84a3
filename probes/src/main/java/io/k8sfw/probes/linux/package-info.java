/// The few Linux calls that Java has no API for. Everything here may be missing, and says so.
@NullMarked
package io.k8sfw.probes.linux;

import org.jspecify.annotations.NullMarked;
