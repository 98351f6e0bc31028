private import CLinux
import Glibc

/// Processors that this process may run on, at least 1 (sched_getaffinity(2)).
package func processorCount() -> Int { Int(sluice_processor_count()) }

/// Raises the soft limit of open descriptors to the hard one and returns what holds now (getrlimit(2)).
@discardableResult
package func raiseDescriptorLimit() -> Int {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
    if limit.rlim_cur < limit.rlim_max {
        var raised = limit
        raised.rlim_cur = raised.rlim_max
        if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0 { limit = raised }
    }
    return Int(clamping: limit.rlim_cur)
}
