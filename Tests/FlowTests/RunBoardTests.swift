import Posix
import Runs
import Testing

@Suite struct RunBoardTests {
    @Test func `a listener goes with its run's end or when it asks to`() throws {
        let board = RunBoard()
        let news = Mailbox<Int>()
        let first = try #require(board.listen(7) { _ in news.append(1) })
        let second = try #require(board.listen(7) { _ in news.append(2) })
        let other = try #require(board.listen(8) { _ in news.append(3) })
        board.unlisten(7, first)
        board.unlisten(8, second)
        #expect(board.listenerCount == 2)
        board.ended(7)
        board.unlisten(7, second)
        board.unlisten(8, other)
        board.ended(8)
        #expect(board.listenerCount == 0)
        #expect(news.takeAll() == [2])
    }

    @Test func `repeats cannot gather without end on one run`() {
        let board = RunBoard()
        let taken = (0..<2000).count { _ in board.listen(7) { _ in } != nil }
        #expect(taken == 1000)
        #expect(board.listen(8) { _ in } != nil)
    }
}
