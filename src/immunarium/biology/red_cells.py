"""Red cells, and the isoagglutinins of a product that mark them for the spleen."""

from __future__ import annotations

from immunarium.core import Module, Needs, Parameter, Species, nothing, quantity, reaction


class RedCells(Module):
    """Antibodies to A and B in a product coat red cells; macrophages that are not blocked eat them.

    Assumes: a cell is eaten when several antibodies are near each other, so that eating goes with a
    power of the coat; only the macrophages of some patients eat such cells; the same IgG that
    brings the antibody delays its effect; marrow answers to what is missing.
    Leaves out: complement; zygosity; iron; transfusion; dilution by the fluid infused.
    Read: doi:10.1111/trf.16232 (Pendergrast 2021); doi:10.1111/trf.13727 (Markvardsen 2016).
    """

    cells = Species("1", "red cells, of the patient's own baseline", exchangeable="volume")
    skin = Species("U", "antibody to A and B under the skin", scale=10.0, doseable=True)
    isoagglutinin = Species(
        "U", "antibody to A and B", scale=10.0, doseable=True, exchangeable="volume"
    )

    phi = Needs("1", "phagocyte activity left")
    volume = Needs("L", "plasma volume")
    weight = Needs("mg", "body weight")
    ka = Needs("1/h", "absorption of IgG from under the skin")

    haemoglobin_0 = Parameter("mg/L", "haemoglobin before")
    k_age = Parameter("1/h", "death of red cells by age")
    response = Parameter("1", "how steeply marrow answers to missing cells")
    non_o = Parameter("1", "1 with group A, B or AB, 0 with group O")
    k_absorb = Parameter("1/h", "isoagglutinin taken up by cells and by soluble antigen")
    avid = Parameter("1", "1 where macrophages eat coated cells, 0 where not")
    k_eat = Parameter("1/h", "eating of cells at the reference coat")
    reference = Parameter("U/mg", "isoagglutinin of body weight at which it is quoted")
    power = Parameter("1", "how steeply eating follows the coat")
    susceptibility = Parameter("1", "antigen, titre and macrophages of this patient and lot")

    @quantity("mg/L")
    def haemoglobin(self):
        """Haemoglobin of blood."""
        return self.haemoglobin_0 * self.cells

    @quantity("mg/L")
    def fall(self):
        """Fall of haemoglobin from its own baseline."""
        return self.haemoglobin_0 * (1 - self.cells)

    @quantity("1/h")
    def haemolysis(self):
        """Rate at which coated cells are eaten."""
        coat = self.isoagglutinin / (self.weight * self.reference)
        eaten = self.k_eat * coat**self.power * self.phi
        return self.non_o * self.avid * self.susceptibility * eaten

    @reaction(nothing >> cells)
    def made(self):
        return self.k_age * (1 + self.response)

    @reaction(cells >> nothing)
    def less_needed(self):
        return self.k_age * self.response * self.cells

    @reaction(cells >> nothing)
    def age(self):
        return self.k_age * self.cells

    @reaction(cells >> nothing)
    def are_eaten(self):
        return self.haemolysis * self.cells

    @reaction(skin >> isoagglutinin)
    def comes_from_skin(self):
        return self.ka * self.skin

    @reaction(isoagglutinin >> nothing)
    def is_absorbed(self):
        return self.k_absorb * self.isoagglutinin
