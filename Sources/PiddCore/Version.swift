// The version of this program; RD documents carry it as rdsVer.

/// The version of pidd, as `pidd --version` prints it.
package let piddVersion = "0.1.0"
