internal import Model
package import Store

extension AlertBook.Snapshot {
    /// Where a row of the outbox goes, as people may see it; nil where its channel has a name that says so, or nobody knows any more.
    package func shownPlace(of row: NotificationRow) -> String? {
        if let destination = row.destination { return shownDestination(destination) }
        switch row.kind {
        case .callback, .reply: return nil
        case .notify: return row.endpointID.flatMap { endpoints[$0]?.notifyURL }.map(shownDestination)
        case .alert, .test:
            let data = AlertData(json: row.data)
            guard let rule = row.rule.flatMap({ entry($0)?.rule }), let index = data.target else { return nil }
            let targets = rule.targets(ofStep: data.step)
            guard targets.indices.contains(index), case .direct(let kind, let destination) = targets[index], kind.rawValue == row.channel
            else { return nil }
            return shownDestination(destination)
        }
    }
}
