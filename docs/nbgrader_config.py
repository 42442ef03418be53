"""How nbgrader hands out and grades the lessons; copy this file into the folder of a course."""

from nbconvert.preprocessors import ClearMetadataPreprocessor, TagRemovePreprocessor
from nbgrader.converters import GenerateAssignment

c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "memkit"
c.Execute.timeout = 300  # seconds for a cell; the longest takes a few

# What is handed out is the lesson as it stands, without its folded solutions and without the
# attempts in the metadata that the tests try.
left_out = [TagRemovePreprocessor, ClearMetadataPreprocessor]
c.GenerateAssignment.preprocessors = [*left_out, *GenerateAssignment.preprocessors.default()]
c.TagRemovePreprocessor.enabled = True
c.TagRemovePreprocessor.remove_cell_tags = {"solution"}
c.ClearMetadataPreprocessor.enabled = True
c.ClearMetadataPreprocessor.clear_notebook_metadata = False
c.ClearMetadataPreprocessor.preserve_cell_metadata_mask = {"nbgrader", "tags"}
c.ClearSolutions.enabled = False  # the cells to be filled in have no solution to clear
