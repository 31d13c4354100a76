// A station's load on a real etcd: see `LoadOptions.help`, and the article `Scale`.
//
//     swift run -c release stationload --hosts 10,25,50

import Foundation
import Glibc
import TestSupport

do throws(LoadOptions.Fault) {
    let options = try LoadOptions(Array(CommandLine.arguments.dropFirst()))
    if options.wantsHelp {
        print(LoadOptions.help)
        exit(0)
    }
    let missing = Requirement.missing(of: [.etcd, .etcdctl])
    if !missing.isEmpty {
        let names = missing.map(\.rawValue).joined(separator: " and ")
        say("stationload: without \(names) there is no station; run: \(Requirement.remedy(for: missing))")
        exit(69)
    }
    // Made here, because a signal's handler must not make it.
    _ = Interruption.flag.isRaised
    for number in [SIGINT, SIGTERM] { _ = signal(number) { _ in Interruption.flag.raise() } }
    do { try await runLoad(options) } catch is Interrupted {
        exit(130)
    } catch {
        say("stationload: \(error)")
        exit(69)
    }
} catch {
    say("stationload: \(error)\ntry: stationload --help")
    exit(2)
}
