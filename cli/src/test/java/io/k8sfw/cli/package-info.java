@NullMarked
package io.k8sfw.cli;

import org.jspecify.annotations.NullMarked;
