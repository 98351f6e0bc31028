/// The version of this program, as Semantic Versioning 2.0.0 has it.
package let sluiceVersion = "0.1.0"
