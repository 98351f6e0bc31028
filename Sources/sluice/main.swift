import CLI
import Glibc

exit(sluiceMain(CommandLine.arguments))
