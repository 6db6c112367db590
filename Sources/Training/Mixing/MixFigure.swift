func mixFigure(_ report: MixReport) -> String { "" }
func evaluationFigure(_ report: EvaluationReport) -> String { "" }
