@NullMarked
package io.k8sfw.arch;

import org.jspecify.annotations.NullMarked;
